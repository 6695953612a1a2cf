using System.Collections.Concurrent;
using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>
/// Which account of this host takes the place of one in the snapshot, as owner and in ACLs: by name where the name is known here, else by number; as tar
/// and rsync do.
/// </summary>
internal sealed class OwnerMap(IAccounts accounts, bool numeric)
{
    // Enough to see what is wrong.
    private const int Named = 5;

    private readonly ConcurrentDictionary<(bool IsGroup, uint Id), string> strangers = new();
    private volatile bool hasNamelessAccess;

    /// <summary>Whether owners can be restored at all; without that right, items belong to whoever restores.</summary>
    public bool CanChangeOwner => accounts.CanChangeOwner;

    public (uint UserId, uint GroupId) Resolve(TreeEntry entry) =>
        (Resolve(isGroup: false, entry.UserId, entry.UserName), Resolve(isGroup: true, entry.GroupId, entry.GroupName));

    /// <summary>Attributes as they are set here: the accounts in ACLs are those of this host.</summary>
    public IReadOnlyList<ExtendedAttribute> Resolve(IReadOnlyList<ExtendedAttribute> attributes)
    {
        if (!attributes.Any(static a => AccessList.IsOne(a) || AccessNames.IsOne(a))) return attributes;
        IReadOnlyDictionary<(bool IsGroup, uint Id), string>? names = AccessNames.Find(attributes);
        return [.. attributes.Where(static a => !AccessNames.IsOne(a)).Select(a => numeric || !AccessList.IsOne(a) ? a : AccessList.Map(a, (isGroup, id) =>
        {
            if (names is null) hasNamelessAccess = true;
            return Resolve(isGroup, id, names?.GetValueOrDefault((isGroup, id)) ?? "");
        }))];
    }

    /// <summary>At the end: which numbers may mean somebody else here.</summary>
    /// <param name="hostName">The host that the snapshot is of.</param>
    /// <param name="onWarning">Told of them.</param>
    public void Tell(string hostName, Action<string>? onWarning)
    {
        if (!strangers.IsEmpty)
        {
            string some = string.Join(", ", strangers.Values.Order(StringComparer.Ordinal).Take(Named).Select(PathText.ToDisplay));
            onWarning?.Invoke(
                $"{strangers.Count} accounts of the snapshot are not known here, and their numbers are those of others: {some}. What was theirs, and where " +
                "an ACL let them in, went by number. Make these accounts and restore again, if that is not meant.");
        }

        if (hasNamelessAccess && hostName != Environment.MachineName)
        {
            onWarning?.Invoke($"The snapshot has ACLs of {PathText.ToDisplay(hostName)} without the names of accounts: their entries went by number.");
        }
    }

    private uint Resolve(bool isGroup, uint id, string name)
    {
        if (numeric || name.Length == 0) return id;
        if ((isGroup ? accounts.FindGroup(name) : accounts.FindUser(name)) is { } here) return here;
        string other = isGroup ? accounts.GetGroupName(id) : accounts.GetUserName(id);
        if (other.Length > 0) strangers.TryAdd((isGroup, id), $"{(isGroup ? "group " : "")}{name} ({id}, here {other})");
        return id;
    }
}
