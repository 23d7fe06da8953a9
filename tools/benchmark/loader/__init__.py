"""How fast the loader is: ours, the peers' order of work and the limit, on the same files, clips and minutes.

protocol, folders, jobs, cases      what is asked for: training clips or all views of a video, and of which files
ours, mmaction2, slowfast, limit    the contestants: each does a job in its own way
readers                             other readers before our own cutter
mmaction2_package                   MMAction2's own transforms, for holding our words for them against it
stopwatch, timing, first_open       who takes how long
exactness, workers, memory          who gives which frames, what several processes give, what a worker keeps
run, report, plot, command          the run, its tables and figure, the command line of tools/benchmark_loader.py

Never part of the package. Imports pyvideoai's data, video, config, reporting's figures, errors, files.
"""
