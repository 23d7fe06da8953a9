"""Look through videos before training: what can't be read, is cut short, is in two splits, or is odd.

Used by tools/check_videos.py; imports the readers.
"""
