"""The `swf` command: one module per command group, each a thin layer over the packages below.

`commands` is the table of commands. `main` is the entry point and `app` the root group; `options`
has the options of every command, `session` their values with the connection and the domain, and
`output` the formats. Commands that change executions share `bulk` and `batch`.
"""
