#!/usr/bin/busybox sh
# The guest's first program, in the initrd: loads what it takes to see the root file system, and goes there.
/usr/bin/busybox mount -t devtmpfs dev /dev
for module in /modules/*; do /usr/bin/busybox insmod "$module"; done
until [ -b /dev/vda ]; do /usr/bin/busybox sleep 0.02; done
/usr/bin/busybox mount -t erofs -o ro /dev/vda /root
exec /usr/bin/busybox switch_root /root /usr/bin/python3 -ISBc "
import sys
sys.path.insert(0, '/usr/lib/dockernet')
from dockernet_course.engines.inside.agent import main
main()"
