"""The report: one HTML file that holds all it shows, and asks no network.

blocks     what a page is made of (texts, tables, charts, film strips), and how it becomes HTML
charts     the geometry of charts, as SVG
pictures   film strips and matrices as images within the page
one        the sections of one run, from its files
videos     those that look at its videos: mistakes, likely wrong labels, near copies
several    the sections of several runs
whole      the page of one run, and of several
"""
