namespace BackupPS.Engine.Platform.Linux;

/// <summary>Reads and replaces extended attributes.</summary>
internal static class LinuxAttributes
{
    // Nearly every item has none; a list or value that is longer is asked for again with the most that Linux allows (XATTR_LIST_MAX, XATTR_SIZE_MAX).
    private const int UsualLength = 512;
    private const int MostLength = 65536;

    /// <summary>All attributes that this account may read, sorted by name.</summary>
    public static IReadOnlyList<ExtendedAttribute> Read(AttributeTarget target)
    {
        Span<byte> buffer = stackalloc byte[UsualLength];
        nint length;
        while ((length = target.List(buffer)) < 0)
        {
            switch (LinuxError.Last)
            {
                case Errno.NotSupported: return [];
                case Errno.Range when buffer.Length < MostLength: buffer = new byte[MostLength]; break;
                default: LinuxError.ThrowUnlessInterrupted(); break;
            }
        }

        if (length == 0) return [];
        var attributes = new List<ExtendedAttribute>();
        ReadOnlySpan<byte> names = buffer[..(int)length];
        while (!names.IsEmpty)
        {
            int end = names.IndexOf((byte)0);
            if (TryReadValue(target, names[..(end + 1)], out byte[] value)) attributes.Add(new ExtendedAttribute(names[..end].ToArray(), value));
            names = names[(end + 1)..];
        }

        attributes.Sort((a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name));
        return attributes;
    }

    private static bool TryReadValue(AttributeTarget target, ReadOnlySpan<byte> name, out byte[] value)
    {
        Span<byte> buffer = stackalloc byte[UsualLength];
        nint length;
        while ((length = target.Get(name, buffer)) < 0)
        {
            switch (LinuxError.Last)
            {
                // Not for this account, or gone since it was listed.
                case Errno.NotPermitted or Errno.AccessDenied or Errno.NotSupported or Errno.NoData: value = []; return false;
                case Errno.Range when buffer.Length < MostLength: buffer = new byte[MostLength]; break;
                default: LinuxError.ThrowUnlessInterrupted(); break;
            }
        }

        value = buffer[..(int)length].ToArray();
        return true;
    }

    /// <summary>
    /// Makes an item's attributes those of <paramref name="attributes"/>. What the system itself puts on files (security labels) is set where it is
    /// given and differs, and never removed. All are tried; then the first failure is thrown.
    /// </summary>
    public static void Replace(AttributeTarget target, IReadOnlyList<ExtendedAttribute> attributes)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        IReadOnlyList<ExtendedAttribute> present = Read(target);
        PlatformException? failure = null;
        foreach (ExtendedAttribute old in present)
        {
            if (!ExtendedAttribute.BelongsToItem(old.Name) || Find(attributes, old.Name) is not null) continue;
            byte[] name = [.. old.Name, 0];
            while (target.Remove(name) < 0 && !Settled(old.Name, ref failure))
            {
            }
        }

        foreach (ExtendedAttribute attribute in attributes)
        {
            if (attribute.Name.Length == 0 || Array.IndexOf(attribute.Name, (byte)0) >= 0) throw new ArgumentException("An attribute's name is empty or has NUL in it.", nameof(attributes));
            if (Find(present, attribute.Name) is { } old && old.Value.AsSpan().SequenceEqual(attribute.Value)) continue;
            byte[] name = [.. attribute.Name, 0];
            while (target.Set(name, attribute.Value) < 0 && !Settled(attribute.Name, ref failure))
            {
            }
        }

        if (failure is not null) throw failure;
    }

    // false: the call was only interrupted.
    private static bool Settled(byte[] name, ref PlatformException? failure)
    {
        int errno = LinuxError.Last;
        if (errno == Errno.Interrupted) return false;
        if (errno == Errno.NoData) return true; // removed by another meanwhile
        PlatformException cause = LinuxError.Create(errno);
        failure ??= new PlatformException(cause.Failure, $"{PathText.ToDisplay(PathText.FromBytes(name))}: {cause.Message}", cause);
        return true;
    }

    private static ExtendedAttribute? Find(IReadOnlyList<ExtendedAttribute> attributes, byte[] name)
    {
        foreach (ExtendedAttribute attribute in attributes)
        {
            if (attribute.Name.AsSpan().SequenceEqual(name)) return attribute;
        }

        return null;
    }
}
