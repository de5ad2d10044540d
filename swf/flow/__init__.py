"""Flows: activities that require one another, written as a graph and run on Amazon SWF."""
