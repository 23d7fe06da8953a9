"""A reader for each library and for folders of images; `video.opening` chooses. Imports layouts."""
