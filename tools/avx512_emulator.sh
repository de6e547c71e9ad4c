#!/bin/sh
# avx512_emulator.sh BOCHS KERNEL TEST... -- runs test programs with real AVX-512 instructions, on the Ice Lake that Bochs emulates.
#
#   BOCHS   the built source of Bochs (github.com/bochs-emu/Bochs, its folder bochs/): ./configure --enable-x86-64 --enable-cpu-level=6
#           --enable-avx --enable-evex --with-nogui --disable-plugins --enable-pci && make. Up to the summer of 2026 its VPCOMPRESSB
#           gives nothing where all 64 mask bits are set (cpu/avx/avx512.cc shifts 1 by 64): make that mask all ones first.
#   KERNEL  a Linux kernel with the serial port built in: /boot/vmlinuz-... of Debian
#   TEST    build/release/tests/kernels/test_kernels ...; what they print is the answer, the exit code 0 where all of them passed
#
# Wants busybox-static, isolinux, syslinux-common, xorriso and cpio. Takes some minutes: the kernel boots at some 40 million instructions a second.
set -eu
[ $# -ge 3 ] || { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
bochs=$1 kernel=$2
shift 2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

mkdir -p "$dir/root/bin" "$dir/root/proc" "$dir/root/dev" "$dir/root/tests" "$dir/iso"
cp "$(command -v busybox)" "$dir/root/bin/busybox"
for test in "$@"; do
    cp "$test" "$dir/root/tests/"
    ldd "$test" | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p "$dir/root/$(dirname "$library")"
        cp -L "$library" "$dir/root/$library"
    done
done
cat >"$dir/root/init" <<'END'
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
exec >/dev/ttyS0 2>&1
for test in /tests/*; do
    "$test"
    echo "EXIT $? $test"
done
echo "EXIT of all"
/bin/busybox sleep 3 # the serial port is still sending
/bin/busybox poweroff -f
END
chmod +x "$dir/root/init"
(cd "$dir/root" && find . | cpio -o -H newc --quiet) >"$dir/iso/initrd"
cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 "$dir/iso/"
cp "$kernel" "$dir/iso/vmlinuz"
# 580 is FSRM: Bochs says that fast strings are off, and Linux 6.1 then has a memmove without a check of short lengths.
cat >"$dir/iso/isolinux.cfg" <<'END'
DEFAULT linux
LABEL linux
KERNEL /vmlinuz
APPEND initrd=/initrd console=ttyS0,115200 quiet mitigations=off clearcpuid=580 tsc=reliable lpj=1000000
END
xorriso -as mkisofs -quiet -o "$dir/boot.iso" -b isolinux.bin -c boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table "$dir/iso" 2>/dev/null
cat >"$dir/bochsrc" <<END
megs: 256
cpu: model=corei7_icelake_u, count=1, ips=50000000
romimage: file=$bochs/bios/BIOS-bochs-latest
vgaromimage: file=$bochs/bios/VGABIOS-lgpl/VGABIOS-lgpl-latest.bin
ata0-master: type=cdrom, path=$dir/boot.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=$dir/serial
display_library: nogui
log: $dir/log
panic: action=fatal
END
timeout "${SECONDS_MAX:-1800}" "$bochs/bochs" -q -f "$dir/bochsrc" >/dev/null 2>&1 </dev/null || true # powering off is its panic
cat "$dir/serial"
tr -d '\r' <"$dir/serial" | grep -q '^EXIT of all' || exit 1
! tr -d '\r' <"$dir/serial" | grep '^EXIT [1-9]' >/dev/null
