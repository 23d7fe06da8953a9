"""Find out which packets of a file give which frames: read from its bitstream, proven by decoding, kept in an index.

Imports bitstreams and libav; imported by readers, checking and preparing.
"""
