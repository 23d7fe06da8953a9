"""What compressed packets tell without being decoded: how their frames are ordered, and where decoding may start.

Only plain streams are followed, for which the answer is proven; anything else raises Unproven, and the file is then
decoded once to know. Pure: bytes in, arrays out.
"""
