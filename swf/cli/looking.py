"""`swf execution` history, tasks, profile, timeline, tail."""

COMMANDS = ()
