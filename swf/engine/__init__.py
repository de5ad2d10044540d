"""The policies that both workflow engines share; see `docs/design.md`."""
