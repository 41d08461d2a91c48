"""Worlds: endless procedural pictures with exact truth."""
