"""Reports about histories: timelines, profiles, and explanations of an execution's state.

Reports only read histories; they call no operation that changes anything. `timeline` draws an
execution as text (`text`), SVG (`svg`) and an HTML page (`page`), all from the rows of `bars`.
`profile` and `path` measure its attempts. `why` explains its state with the sentences of `waits`
and `troubles`; `events` summarizes one event.
"""
