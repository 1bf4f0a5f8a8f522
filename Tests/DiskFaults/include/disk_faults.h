// Nothing to call: the library is put in front of a process by LD_PRELOAD. See disk_faults.c.
