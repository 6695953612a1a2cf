BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $null = Initialize-TestRepository -Name vault
    $snapshot = Invoke-Backup -LiteralPath $tree -Repository vault | Get-BackupSnapshot
}

AfterAll { Clear-TestRoot }

Describe 'Get-BackupItem' {
    It 'lists the sources, and with -Recurse all that is below, a folder before what is in it' {
        $source = $snapshot | Get-BackupItem
        $source.Path | Should -Be $tree
        $source.Type | Should -Be 'Directory'
        $all = $snapshot | Get-BackupItem -Recurse
        $all | Should -BeOfType BackupPS.BackupItem
        $expected = @($tree) + @('a[1].txt', 'plain.txt', 'sub', 'sub/deep', 'sub/deep/two.cs', 'sub/left.tmp', 'sub/one.cs', 'with space.txt' | ForEach-Object { Join-Path $tree $_ })
        $all.Path | Should -Be $expected
    }

    It 'carries what the file system had' {
        $item = $snapshot | Get-BackupItem -LiteralPath (Join-Path $tree 'plain.txt')
        $file = Get-Item -LiteralPath (Join-Path $tree 'plain.txt')
        $item.Name, $item.Type, $item.Size | Should -Be 'plain.txt', 'File', 5
        $item.Modified | Should -Be $file.LastWriteTimeUtc
        $item.SnapshotId, $item.Repository | Should -Be $snapshot.SnapshotId, 'vault'
        if (-not $IsWindows) { $item.Mode | Should -Be $file.UnixMode.Substring(1) }
    }

    It 'matches patterns: a star stays within a segment, two cross' {
        $snapshot | Get-BackupItem -Path "$tree/*.cs" -ErrorAction Stop | Should -BeNullOrEmpty
        ($snapshot | Get-BackupItem -Path "$tree/sub/*.cs").Name | Should -Be 'one.cs'
        ($snapshot | Get-BackupItem -Path "$tree/**/*.cs").Name | Should -Be 'two.cs', 'one.cs'
        ($snapshot | Get-BackupItem -Path "$tree/sub/???.cs").Name | Should -Be 'one.cs'
    }

    It 'takes -LiteralPath as it is written' {
        ($snapshot | Get-BackupItem -LiteralPath "$tree/a[1].txt").Name | Should -Be 'a[1].txt'
        $snapshot | Get-BackupItem -LiteralPath "$tree/none" -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'ItemNotFound,*'
    }

    It 'takes an item from the pipeline for what it is' {
        ($snapshot | Get-BackupItem -LiteralPath "$tree/sub" | Get-BackupItem -Recurse).Name | Should -Be 'sub', 'deep', 'two.cs', 'left.tmp', 'one.cs'
        ($snapshot | Get-BackupItem -LiteralPath "$tree/a[1].txt" | Get-BackupItem).Name | Should -Be 'a[1].txt'
    }

    It 'finds a snapshot by the beginning of its id in every registered repository' {
        (Get-BackupItem $snapshot.SnapshotId.Substring(0, 12)).Path | Should -Be $tree
        Get-BackupItem -SnapshotId 'ffffffffffff' -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'SnapshotNotFound,*'
    }
}
