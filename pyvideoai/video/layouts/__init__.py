"""How the packets of a file become its frames: found by its bitstream, proven against decoding, kept in an index.

Imports bitstreams and libav; imported by readers, checking and preparing.
"""
