/** Where a Python may be: the first one of the path need not be that of Debian, which has Debian's packages. */
export const PYTHONS = ['python3', '/usr/bin/python3'] as const;
