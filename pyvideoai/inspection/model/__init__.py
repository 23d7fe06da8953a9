"""Look into a network: where in a clip, and when, is what it decides by?

layers     the layers of a network whose output has places in space and time
grad_cam   Grad-CAM over space and time; occlusion of frames
pictures   both of a clip as a film strip (PNG) and as a GIF
whole      the pictures of several videos, and their numbers as CSV
"""
