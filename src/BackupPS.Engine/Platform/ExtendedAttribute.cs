namespace BackupPS.Engine.Platform;

/// <summary>An extended attribute; POSIX ACLs are those named <c>system.posix_acl_access</c> and <c>system.posix_acl_default</c>.</summary>
/// <param name="Name">Name with its namespace, as bytes.</param>
/// <param name="Value">Value.</param>
internal sealed record ExtendedAttribute(byte[] Name, byte[] Value)
{
    /// <summary>Whether an attribute belongs to the item, and is removed where it is not wanted; security labels are the system's own.</summary>
    public static bool BelongsToItem(ReadOnlySpan<byte> name) =>
        name.StartsWith("user."u8) || name.StartsWith("trusted."u8) || name.StartsWith("system.posix_acl_"u8) || name.SequenceEqual("security.capability"u8);
}
