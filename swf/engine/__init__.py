"""The policies that both workflow engines share; see `docs/design.md`.

`throttling` paces commands after refusals because of rates and quotas, `decoding` handles invalid
payloads, `ids` makes valid ids, `registration` registers types, and `continuation` continues
executions as new.
"""
