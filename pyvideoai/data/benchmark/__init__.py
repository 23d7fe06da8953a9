"""How fast the loader is: ours, the peers' order of work and the limit, on the same files, clips and minutes.

protocol, jobs                      what is asked for: training clips or all views of a video, and of which files
ours, mmaction2, slowfast, limit    the contestants: each does a job in its own way
mmaction2_package                   MMAction2's own transforms, for holding our words for them against it
timing, exactness, workers          who takes how long, who gives which frames, how many clips several processes give
report, plot, command               tables, figures and the command line of tools/benchmark_loader.py

Imported by tools only. Imports data, video, config, reporting's figures, errors, files.
"""
