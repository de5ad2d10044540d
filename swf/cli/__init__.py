"""The `swf` command: one file per group, each a few lines over the layers below."""
