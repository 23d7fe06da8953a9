"""Look into a network: where in a clip, and when, is what it decides by?

layers     the layers of a network whose output has places in space and time
saliency   integrated gradients, Grad-CAM of a layer, occlusion of frames
pictures   all three of a clip, as a film strip (PNG) and as a GIF
whole      the pictures of several videos, and their numbers as CSV
"""
