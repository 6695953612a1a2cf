using System.Management.Automation;
using System.Management.Automation.Provider;
using BackupPS.Engine;

namespace BackupPS.Cmdlets;

/// <summary>A provider whose items can be looked at and read. Every verb that would change one is the error DriveReadOnly.</summary>
public abstract class ReadOnlyProvider : NavigationCmdletProvider, IContentCmdletProvider
{
    /// <inheritdoc/>
    public abstract IContentReader? GetContentReader(string path);

    /// <inheritdoc/>
    public abstract object GetContentReaderDynamicParameters(string path);

    /// <inheritdoc/>
    public IContentWriter? GetContentWriter(string path)
    {
        Refuse("write to", path);
        return null;
    }

    /// <inheritdoc/>
    public object? GetContentWriterDynamicParameters(string path) => null;

    /// <summary>Set-Content clears first, and hands on the error only of an exception that has one.</summary>
    public void ClearContent(string path) => throw new DriveReadOnlyException(Refusal("clear", path));

    /// <inheritdoc/>
    public object? ClearContentDynamicParameters(string path) => null;

    /// <inheritdoc/>
    protected override void NewItem(string path, string itemTypeName, object newItemValue) => Refuse("make", path);

    /// <inheritdoc/>
    protected override void SetItem(string path, object value) => Refuse("set", path);

    /// <inheritdoc/>
    protected override void ClearItem(string path) => Refuse("clear", path);

    /// <inheritdoc/>
    protected override void RenameItem(string path, string newName) => Refuse("rename", path);

    /// <inheritdoc/>
    protected override void RemoveItem(string path, bool recurse) => Refuse("remove", path);

    /// <inheritdoc/>
    protected override void CopyItem(string path, string copyPath, bool recurse) => Refuse("copy", path);

    /// <inheritdoc/>
    protected override void MoveItem(string path, string destination) => Refuse("move", path);

    /// <inheritdoc/>
    protected override void InvokeDefaultAction(string path) => Refuse("run", path);

    private void Refuse(string verb, string path) => WriteError(Refusal(verb, path));

    private static ErrorRecord Refusal(string verb, string path) =>
        ErrorMapper.ToRecord(new BackupException(BackupError.DriveReadOnly, $"The drive cannot {verb} '{path}': it shows backups as they are.", path), path);
}
