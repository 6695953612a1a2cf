using System.Runtime.InteropServices;

namespace BackupPS.Engine.Platform.Linux;

/// <summary>An open file descriptor, closed at the latest by the finalizer.</summary>
internal sealed class DescriptorHandle : SafeHandle
{
    /// <summary>Stands for the working directory in calls with an absolute path, which do not look at it (AT_FDCWD).</summary>
    public static readonly DescriptorHandle WorkingDirectory = new(-100, ownsHandle: false);

    /// <summary>Takes over a descriptor.</summary>
    public DescriptorHandle(int descriptor)
        : this(descriptor, ownsHandle: true)
    {
    }

    private DescriptorHandle(int descriptor, bool ownsHandle)
        : base(-1, ownsHandle) => SetHandle(descriptor);

    /// <inheritdoc/>
    public override bool IsInvalid => handle == -1;

    /// <summary>The number, for paths below /proc/self/fd. The caller keeps this object alive meanwhile.</summary>
    public int Number => (int)handle;

    /// <summary>Closes it. Linux frees the number even when close is interrupted, so it is never repeated.</summary>
    protected override bool ReleaseHandle() => Libc.Close(handle) == 0;
}
