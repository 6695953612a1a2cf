using BackupPS.Engine.Storage.Folder;

namespace BackupPS.Engine.Tests.Storage;

public sealed class FolderUnnamedObjectStoreTests() : FolderObjectStoreContract(FolderPublishing.Unnamed);
