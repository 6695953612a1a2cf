using BackupPS.Engine.Platform;
using BackupPS.Engine.Repositories.Trees;

namespace BackupPS.Engine.Operations.Restore;

/// <summary>Which owner an item gets on this host: by name where the name is known here, else by number; as tar and rsync do.</summary>
internal sealed class OwnerMap(IAccounts accounts, bool numeric)
{
    /// <summary>Whether owners can be restored at all; without that right, items belong to whoever restores.</summary>
    public bool CanChangeOwner => accounts.CanChangeOwner;

    public (uint UserId, uint GroupId) Resolve(TreeEntry entry)
    {
        if (numeric) return (entry.UserId, entry.GroupId);
        uint user = entry.UserName.Length > 0 ? accounts.FindUser(entry.UserName) ?? entry.UserId : entry.UserId;
        uint group = entry.GroupName.Length > 0 ? accounts.FindGroup(entry.GroupName) ?? entry.GroupId : entry.GroupId;
        return (user, group);
    }
}
