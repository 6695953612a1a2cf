using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Tests.Operations;

/// <summary>A folder with every kind of item that Linux has, made by the system's own tools. What only root can make is there when root makes it.</summary>
internal static class EveryKind
{
    private const string Script =
        """
        umask 022
        mkdir content names links modes times attrs special sparse
        cd content
        : > empty
        printf x > one
        head -c 300000 /dev/urandom > random
        yes 'the same line again and again' | head -c 3000000 > compressible || true
        head -c 6000000 /dev/urandom > chunked
        cp one copy-of-one
        cd ../names
        for n in 'with space' $'new\nline' 'back\slash' -dash '*' '?' '[a]' $'tab\there' '"' "'" .hidden ... '~' '$HOME' .backupps-0123456789abcdef \
                 $'bad\xff\xfename' $'\xed\xa0\x80surrogate' $'\xc3\xa9t\xc3\xa9' $'e\xcc\x81' $'\xf0\x9f\x98\x80' 'C:' 'a:stream' $'\x01control' 'trailing.' 'trailing '; do
            printf '%s' "$n" > "./$n"
        done
        long=$(printf 'n%.0s' {1..255})
        printf long > "$long"
        mkdir "folder $long" 2>/dev/null || mkdir "${long:1}f"
        mkdir $'dir\xff' 'dir with space'
        printf inner > $'dir\xff/inner'
        cd ../links
        mkdir one two
        printf linked > one/a
        ln one/a one/b
        ln one/a two/c
        ln -s target-that-is-not-there dangling
        ln -s /etc/passwd absolute
        ln -s one to-folder
        ln -s ../content/one relative
        ln -s $'to\xffbytes' to-bytes
        ln -s . self
        ln -P dangling dangling-too
        cd ../modes
        modes='0400 0644 0755 1777 2755 4755 6711 7777'
        if [ "$(id -u)" = 0 ]; then modes="0000 $modes"; fi
        for m in $modes; do printf $m > f$m; mkdir d$m; done
        printf inside > d0755/inside
        if [ "$(id -u)" = 0 ]; then
            chown 12345:54321 f0644
            chown 12345:0 d0755
            ln -s x owned-link
            chown -h 12345:54321 owned-link
            chown 65534:65534 f4755
        fi
        for m in $modes; do chmod $m f$m d$m; done
        if [ "$(id -u)" != 0 ]; then chmod 700 d0400 d0644; fi
        cd ../attrs
        printf a > file
        mkdir folder
        setfattr -n user.text -v value file
        setfattr -n user.empty file
        setfattr -n user.bytes -v 0x00ff00ff file
        setfattr -n user.large -v "$(printf 'v%.0s' {1..2000})" folder
        if [ "$(id -u)" = 0 ]; then
            setfattr -n trusted.secret -v 1 file
            setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 file
            ln -s x link
            setfattr -h -n trusted.on-link -v 1 link
        fi
        setfacl -m u:4242:rw,g:4343:r file
        setfacl -m d:u:4242:rwx,d:g::r-x folder
        printf b > folder/inherits
        cd ../special
        mkfifo fifo
        ln fifo fifo-too
        if [ "$(id -u)" = 0 ]; then
            mknod null c 1 3
            mknod loop b 7 200
            mknod large c 511 70000
            chmod 666 null
        fi
        cd ../sparse
        truncate -s 200M all-hole
        truncate -s 200M middle
        printf data | dd of=middle bs=1 seek=100000000 conv=notrunc status=none
        printf head > tail-hole
        truncate -s 50M tail-hole
        truncate -s 50M data-at-end
        printf end >> data-at-end
        head -c 1048576 /dev/urandom > stripes
        for i in 5 9 20; do dd if=/dev/urandom of=stripes bs=1M count=1 seek=$i conv=notrunc status=none; done
        cd ../times
        for t in '1901-12-14 00:00:00.123456789' '1969-12-31 23:59:59.999999999' '1970-01-01 00:00:00' '2001-02-03 04:05:06.000000001' '2040-06-07 08:09:10.987654321' '2200-01-01 00:00:00.5'; do
            printf t > "f $t"; mkdir "d $t"; ln -s t "l $t"
            touch -h -d "$t UTC" "f $t" "d $t" "l $t"
        done
        cd ..
        touch -d '1999-12-31 23:59:59.123456789 UTC' links/two links/one names attrs/folder times content
        touch -d '1965-05-05 05:05:05.555555555 UTC' .
        """;

    /// <summary>Makes it in a folder that is empty.</summary>
    public static async Task MakeAsync(string folder)
    {
        await Shell.RunAsync(Script, folder);
        using IFolder special = PlatformFileSystem.Create().OpenFolder(folder + "/special");
        special.CreateNode("socket"u8.ToArray(), ItemKind.Socket, 0, 0);
        special.SetMode("socket"u8.ToArray(), 0x1ED);
    }
}
