"""Amazon Simple Workflow for Python."""
