"""`python -m swf`: the `swf` command."""

from swf.cli.main import main

if __name__ == "__main__":
    main()
