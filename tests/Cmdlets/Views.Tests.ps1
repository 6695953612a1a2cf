BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    # One object of each noun with values as wide as they come, made without an engine.
    Add-Type -ReferencedAssemblies ([BackupPS.BackupSnapshot].Assembly.Location), System.Runtime, System.Collections -TypeDefinition @'
using System;
using BackupPS;
public static class WideObject
{
    const string Id = "0123456789abcdef0123456789abcdef";
    static readonly DateTime Time = new(2026, 11, 3, 13, 5, 9, DateTimeKind.Utc);
    static readonly TimeSpan Long = new(3, 4, 5, 6);
    public static object[] All() => new object[]
    {
        new BackupRepository { Name = "a-long-name-that", Repository = "a-long-name-that", RepositoryId = Id, Path = "/srv/backups/of/all/hosts", Kind = "Folder", Status = "Unreachable", Compression = "Brotli", Chunking = "ContentDefined", ChunkSize = 1048576, Created = Time },
        new BackupPolicy { PolicyName = "a-long-name-that", Source = new[] { "/etc", "/srv/www", "/home" }, Repository = "a-long-name-that", RepositoryId = Id, FullEvery = "7d", KeepDaily = 7, KeepWeekly = 4, KeepMonthly = 12, Verify = "Structure", Created = Time, Modified = Time },
        new BackupResult { RunId = Id, SnapshotId = Id, Repository = "vault", RepositoryId = Id, PolicyName = "a-long-name-that", Status = "Incomplete", Type = "Differential", Started = Time, Duration = Long, FilesNew = 1234567, FilesChanged = 12345, FilesRemoved = 12345, BytesRead = 1234567890123, BytesStored = 123456789012 },
        new BackupRun { RunId = Id, Operation = "Retention", Status = "Interrupted", Repository = "vault", RepositoryId = Id, PolicyName = "a-long-name-that", Started = Time, Duration = Long, FileCount = 123456789, FaultCount = 12345 },
        new BackupEvent { RunId = Id, Sequence = 1234, Time = Time, Phase = "Snapshots", Kind = "PhaseStart", Path = "/srv/\udcff", ErrorId = "MetadataNotRestored", Message = "no space", Attempt = 12, Duration = Long },
        new BackupSnapshot { SnapshotId = Id, Repository = "vault", RepositoryId = Id, PolicyName = "a-long-name-th", Time = Time, Type = "Differential", Status = "Incomplete", HostName = "host", HostId = Id, Source = new[] { "/etc", "/srv/www" }, FileCount = 12345678, Bytes = 1098765432109 },
        new BackupItem { SnapshotId = Id, Repository = "vault", Path = "/srv/\udcff\udc80/name", Name = "name", Type = "CharacterDevice", Size = 1234567890123, Modified = Time, Mode = "rwxrwxrwxt", Owner = "www-data-x", SnapshotCount = 123456 },
        new RestoreResult { RunId = Id, SnapshotId = Id, Repository = "vault", PolicyName = "web", Destination = "/srv/restored", Status = "Incomplete", FilesRestored = 123456789, FilesSkipped = 12345678, BytesRestored = 1098765432109, Verified = true, Duration = Long },
        new IntegrityReport { RunId = Id, Repository = "a-long-name-that", RepositoryId = Id, SnapshotId = "", PolicyName = "", Level = "Structure", Status = "Passed", SnapshotCount = 123456, ObjectCount = 123456789, BytesRead = 1098765432109, DamageCount = 12345, Duration = Long },
        new RetentionDecision { SnapshotId = Id, Repository = "vault", PolicyName = "a-long-name-that", HostName = "host", Time = Time, Action = "Remove", Reason = new[] { "last 3", "daily 2" }, BytesFreed = 1098765432109 },
        new MaintenanceResult { RunId = Id, Repository = "a-long-name-that", RepositoryId = Id, Operation = "Optimize", Status = "Complete", SnapshotCount = 123456, PacksRemoved = 12345678, BytesRemoved = 1098765432109, PacksRewritten = 12345678, BytesAdded = 1098765432109, Duration = Long },
        new BackupItemChange { SnapshotId = Id, Repository = "vault", ReferenceId = Id, DifferenceId = Id, Path = "/srv/www/some/long/path", Name = "path", Change = "MetadataChanged", Differs = new[] { "Mode", "Owner" }, Type = "File", TypeBefore = "File", Size = 1098765432109, SizeBefore = 1098765432109, Modified = Time, ModifiedBefore = Time },
        new BackupSnapshotSize { SnapshotId = Id, Repository = "vault", RepositoryId = Id, PolicyName = "a-long-name-that", HostName = "host", Time = Time, FileCount = 123456789, DirectoryCount = 1234567, Bytes = 1098765432109, StoredBytes = 1098765432109, UniqueBytes = 1098765432109, SharedBytes = 0, FreedBytes = 1098765432109 },
    };
}
'@
    $objects = [WideObject]::All()
    function Get-Rendered { param($InputObject, $Width = 120) ($InputObject | Out-String -Width $Width) -replace '\x1b\[[\d;]*m' -split '\r?\n' | Where-Object { $_ } }
}

AfterAll { Clear-TestRoot }

Describe 'Views' {
    It 'has one object here for each noun' {
        $nouns = [BackupPS.BackupSnapshot].Assembly.GetExportedTypes().FullName | Sort-Object
        $objects | ForEach-Object { $_.GetType().FullName } | Sort-Object | Should -Be $nouns
    }

    It 'has one table for each noun, of at most 8 columns' {
        $views = ([xml](Get-Content -LiteralPath (Join-Path $ModuleRoot 'module/BackupPS.Format.ps1xml') -Raw)).Configuration.ViewDefinitions.View
        $views.ViewSelectedBy.TypeName | Sort-Object | Should -Be ($objects | ForEach-Object { $_.GetType().FullName } | Sort-Object)
        foreach ($view in $views) {
            $columns = @($view.TableControl.TableHeaders.TableColumnHeader)
            $columns.Count | Should -BeIn (1..8) -Because $view.Name
            @($view.TableControl.TableRowEntries.TableRowEntry.TableColumnItems.TableColumnItem).Count | Should -Be $columns.Count -Because $view.Name
        }
    }

    It 'leaves numbers and times to ViewText, which knows no culture' {
        foreach ($block in ([xml](Get-Content -LiteralPath (Join-Path $ModuleRoot 'module/BackupPS.Format.ps1xml') -Raw)).SelectNodes('//ScriptBlock')) {
            $block.InnerText | Should -Not -Match ' -f |ToString\(|Get-Date|PSStyle|\\e\['
        }
    }

    It 'fits wide values into <_> columns, with whole headings, nothing cut off, and what matters most in view' -ForEach 80, 120, 200 {
        $needed = @{
            BackupRepository = 'Name', 'Status', 'Path'; BackupPolicy = 'PolicyName', 'Source', 'Keep'; BackupResult = 'SnapshotId', 'PolicyName', 'Status', 'Duration'
            BackupRun = 'RunId', 'Operation', 'Status', 'Started'; BackupEvent = 'Time', 'Kind', 'Message'; BackupSnapshot = 'SnapshotId', 'Time', 'PolicyName', 'Status'
            BackupItem = 'Mode', 'Size', 'Modified', 'Path'; BackupItemChange = 'Change', 'Size', 'Path'; RestoreResult = 'SnapshotId', 'Status', 'FilesRestored', 'Verified'
            IntegrityReport = 'Status', 'Repository', 'DamageCount'; BackupSnapshotSize = 'SnapshotId', 'Bytes', 'UniqueBytes', 'FreedBytes'
            RetentionDecision = 'Action', 'SnapshotId', 'Reason'; MaintenanceResult = 'Status', 'Repository', 'BytesRemoved'
        }
        foreach ($thing in $objects) {
            $lines = Get-Rendered $thing -Width $_
            $because = "$($thing.GetType().Name):`n$($lines -join "`n")"
            $lines[1] | Should -Match '^[- ]+$' -Because "headings stand on one line: $because"
            foreach ($line in $lines) { $line.Length | Should -BeLessOrEqual $_ -Because $because }
            $lines[2] | Should -Not -Match '\u2026|\.\.\.' -Because $because
            $headings = -split $lines[0]
            foreach ($heading in $headings) { $thing.PSObject.Properties.Name | Should -Contain $heading -Because "Sort-Object and Where-Object take headings: $because" }
            foreach ($name in $needed[$thing.GetType().Name]) { $headings | Should -Contain $name -Because $because }
        }
    }

    It 'shows a long path whole' {
        $long = [BackupPS.BackupItem]@{ SnapshotId = 'a'; Repository = 'vault'; Path = '/srv/' + 'x' * 100 + '/end'; Name = 'end'; Type = 'Directory'; Mode = 'rwxr-xr-x' }
        $lines = Get-Rendered $long -Width 80
        $lines[2] | Should -BeLike 'drwxr-xr-x *'
        (($lines | Select-Object -Skip 2 | ForEach-Object { (-split $_)[-1] }) -join '') | Should -BeLike '*/srv/xxx*xxx/end'
    }

    It 'shows bytes in binary units, times as local with offset, short ids, and bytes that are no UTF-8 as \xNN' {
        (Get-Rendered $objects[5])[2] | Should -Match '^01234567 '
        (Get-Rendered $objects[5])[2] | Should -Match '1023\.3 GiB'
        $local = [datetime]::SpecifyKind('2026-11-03T13:05:09', 'Utc').ToLocalTime().ToString('yyyy-MM-dd HH:mm:ss zzz', [cultureinfo]::InvariantCulture)
        (Get-Rendered $objects[5])[2] | Should -BeLike "*$local*"
        (Get-Rendered $objects[6])[2] | Should -BeLike 'crwxrwxrwxt *'
        (Get-Rendered $objects[6])[2] | Should -BeLike '*/srv/\xff\x80/name*'
    }

    It 'shows an object that has been through a file as it shows the object' {
        foreach ($thing in $objects | Where-Object { $_ -isnot [BackupPS.BackupItem] }) {
            $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($thing, 1))
            Get-Rendered $copy | Should -BeExactly (Get-Rendered $thing) -Because $thing.GetType().Name
        }
    }

    It 'formats numbers the same in every culture' {
        [BackupPS.Cmdlets.ViewText]::Count(0), [BackupPS.Cmdlets.ViewText]::Count(1234567) | Should -BeExactly '0', '1,234,567'
        [BackupPS.Cmdlets.ViewText]::Bytes(0), [BackupPS.Cmdlets.ViewText]::Bytes(1023), [BackupPS.Cmdlets.ViewText]::Bytes(1024), [BackupPS.Cmdlets.ViewText]::Bytes(1048575), [BackupPS.Cmdlets.ViewText]::Bytes([long]::MaxValue) |
            Should -BeExactly '0 B', '1023 B', '1.0 KiB', '1.0 MiB', '8.0 EiB'
        0.44, 61.5, 7384, 273906 | ForEach-Object { [BackupPS.Cmdlets.ViewText]::Duration([timespan]::FromSeconds($_)) } | Should -BeExactly '0.4s', '1m01s', '2h03m', '3d04h'
    }
}
