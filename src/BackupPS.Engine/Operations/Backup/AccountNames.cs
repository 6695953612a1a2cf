using System.Text;
using BackupPS.Engine.Platform;

namespace BackupPS.Engine.Operations.Backup;

/// <summary>Compares names of accounts, as trees have them, with those of this host. For one thread.</summary>
internal sealed class AccountNames(Func<uint, string> find)
{
    private readonly Dictionary<uint, byte[]> names = [];
    private uint last;
    private byte[]? lastName;

    /// <summary>Whether an account has this name (UTF-8; empty: none is known).</summary>
    public bool Has(uint id, ReadOnlySpan<byte> name)
    {
        // Neighbours mostly have one owner.
        if (lastName is null || last != id)
        {
            if (!names.TryGetValue(id, out lastName)) names[id] = lastName = Encoding.UTF8.GetBytes(find(id));
            last = id;
        }

        return name.SequenceEqual(lastName);
    }
}
