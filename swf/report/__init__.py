"""Reports about histories: timelines, profiles, and explanations of an execution's state.

Reports only read histories; they call no operation that changes anything.
"""
