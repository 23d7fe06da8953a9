"""Copy videos so that they load fast: small, with key frames close together, or as JPEGs; frame i stays frame i.

Used by tools/prepare_videos.py; imports the readers. `manifest` is what data/prepared.py reads.
"""
