"""What a history tells a person: timelines, profiles, and why an execution stands where it is.

All of it is read from histories, and nothing here changes anything.
"""
