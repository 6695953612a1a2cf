using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;

namespace BackupPS.Engine.Platform.Linux;

/// <summary>Accounts through libc, so that directory services count too.</summary>
internal sealed unsafe class LinuxAccounts : IAccounts
{
    // What sysconf(_SC_GETPW_R_SIZE_MAX) suggests; doubled while it is too small (groups with many members), up to a bound against a looping service.
    private const int UsualBuffer = 1024;
    private const int MostBuffer = 16 * 1024 * 1024;

    private readonly ConcurrentDictionary<uint, string> _userNames = new();
    private readonly ConcurrentDictionary<uint, string> _groupNames = new();
    private readonly ConcurrentDictionary<string, uint?> _users = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, uint?> _groups = new(StringComparer.Ordinal);

    private delegate int Lookup(AccountRecord* record, byte* buffer, nint length, AccountRecord** found);

    /// <inheritdoc/>
    public bool CanChangeOwner { get; } = HasChOwnCapability();

    /// <inheritdoc/>
    public bool Trusts(uint userId) => userId == 0 || userId == Libc.GetEffectiveUserId();

    /// <inheritdoc/>
    public string GetUserName(uint userId) =>
        _userNames.GetOrAdd(userId, static id => Find((record, buffer, length, found) => Libc.GetPwUid(id, record, buffer, length, found))?.Name ?? "");

    /// <inheritdoc/>
    public string GetGroupName(uint groupId) =>
        _groupNames.GetOrAdd(groupId, static id => Find((record, buffer, length, found) => Libc.GetGrGid(id, record, buffer, length, found))?.Name ?? "");

    /// <inheritdoc/>
    public uint? FindUser(string name) => _users.GetOrAdd(name, static text => FindByName(text, Libc.GetPwNam));

    /// <inheritdoc/>
    public uint? FindGroup(string name) => _groups.GetOrAdd(name, static text => FindByName(text, Libc.GetGrNam));

    private delegate int NamedLookup(byte* name, AccountRecord* record, byte* buffer, nint length, AccountRecord** found);

    private static uint? FindByName(string name, NamedLookup lookup)
    {
        if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal)) return null;
        byte[] terminated = [.. PathText.ToBytes(name), 0];
        return Find((record, buffer, length, found) =>
        {
            fixed (byte* pointer = terminated) return lookup(pointer, record, buffer, length, found);
        })?.Number;
    }

    private static (string Name, uint Number)? Find(Lookup lookup)
    {
        for (int length = UsualBuffer; length <= MostBuffer; length *= 2)
        {
            AccountRecord record = default;
            AccountRecord* found = null;
            fixed (byte* buffer = new byte[length])
            {
                int errno;
                do errno = lookup(&record, buffer, length, &found);
                while (errno == Errno.Interrupted);
                if (errno == Errno.Range) continue;
                // Other errors mean that the account is not known, or that the service cannot be asked: either way there is no name.
                if (errno != 0 || found == null) return null;
                return (PathText.FromBytes(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(found->Name)), found->Number);
            }
        }

        return null;
    }

    // Root in a container may lack the capability, and a service may have it without being root.
    private static bool HasChOwnCapability()
    {
        const string Prefix = "CapEff:";
        const ulong ChOwn = 1; // CAP_CHOWN is bit 0
        try
        {
            foreach (string line in File.ReadLines("/proc/thread-self/status"))
            {
                if (line.StartsWith(Prefix, StringComparison.Ordinal)
                    && ulong.TryParse(line.AsSpan(Prefix.Length).Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong capabilities))
                {
                    return (capabilities & ChOwn) != 0;
                }
            }
        }
        catch (IOException)
        {
            // No /proc here.
        }
        catch (UnauthorizedAccessException)
        {
            // Hidden from this account.
        }

        return Libc.GetEffectiveUserId() == 0;
    }
}
