namespace BackupPS.Engine.Platform;

/// <summary>An extended attribute; POSIX ACLs are those named <c>system.posix_acl_access</c> and <c>system.posix_acl_default</c>.</summary>
/// <param name="Name">Name with its namespace, as bytes.</param>
/// <param name="Value">Value.</param>
internal sealed record ExtendedAttribute(byte[] Name, byte[] Value);
