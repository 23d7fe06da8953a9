"""Look through videos before training: what can't be read, what is cut short, what is in two splits, what is odd.

Used by tools/check_videos.py; imports the readers.
"""
