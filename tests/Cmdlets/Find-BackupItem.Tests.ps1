BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $null = Initialize-TestRepository -Name vault
    $null = New-BackupPolicy -Name web -Source $tree -Repository vault
    $plain = Join-Path $tree 'plain.txt'
    $first = Invoke-Backup -PolicyName web | Get-BackupSnapshot
    $second = Invoke-Backup -PolicyName web | Get-BackupSnapshot
    [IO.File]::WriteAllText($plain, 'changed')
    $third = Invoke-Backup -PolicyName web | Get-BackupSnapshot
}

AfterAll { Clear-TestRoot }

Describe 'Find-BackupItem' {
    It 'shows each version once, with the snapshots that hold it' {
        $versions = Find-BackupItem plain.txt
        $versions | Should -BeOfType BackupPS.BackupItem
        $versions.Size | Should -Be 5, 7
        $versions[0].HeldBy | Should -Be $first.SnapshotId, $second.SnapshotId
        $versions[0].SnapshotId, $versions[0].SnapshotCount | Should -Be $second.SnapshotId, 2
        $versions[0].FirstSeen | Should -Be $first.Time
        $versions[0].LastSeen | Should -Be $second.Time
        $versions[1].HeldBy | Should -Be $third.SnapshotId
        $versions.HostName | Should -Be $first.HostName, $first.HostName
    }

    It 'takes wildcards, ends of paths and whole paths' {
        (Find-BackupItem -Name '*.cs').Name | Should -Be 'two.cs', 'one.cs'
        (Find-BackupItem -Name 'deep/*').Name | Should -Be 'two.cs'
        (Find-BackupItem -Name "$tree/**/*.cs", 'left.tmp').Name | Should -Be 'two.cs', 'left.tmp', 'one.cs'
        Find-BackupItem -Name '*.none' -ErrorAction Stop | Should -BeNullOrEmpty
        Find-BackupItem -Name none -ErrorVariable problem -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'ItemNotFound,*'
    }

    It 'takes -LiteralPath as it is written, and files of this host from the pipeline' {
        (Find-BackupItem -LiteralPath "$tree/a[1].txt").Name | Should -Be 'a[1].txt'
        (Get-Item -LiteralPath "$tree/a[1].txt", $plain | Find-BackupItem).Name | Should -Be 'a[1].txt', 'plain.txt', 'plain.txt'
        (Find-BackupItem -LiteralPath 'TestRoot:/tree/plain.txt').Count | Should -Be 2
    }

    It 'searches the snapshots, policies and repositories that come along the pipeline together' {
        @($first, $third | Find-BackupItem plain.txt).SnapshotCount | Should -Be 1, 1
        ($first, $second | Find-BackupItem plain.txt).SnapshotCount | Should -Be 2
        (Get-BackupPolicy -Name web | Find-BackupItem plain.txt).Count | Should -Be 2
        (Get-BackupRepository -Name vault | Find-BackupItem plain.txt).Count | Should -Be 2
        (Find-BackupItem plain.txt -PolicyName web -Until $second.Time).SnapshotCount | Should -Be 2
        (Find-BackupItem plain.txt -Repository vault -Since $third.Time).Size | Should -Be 7
        $null = Initialize-TestRepository -Name other
        $elsewhere = Invoke-Backup -LiteralPath $plain -Repository other
        (Find-BackupItem plain.txt).Repository | Should -Be 'other', 'vault', 'vault'
        ($elsewhere, $third | Find-BackupItem plain.txt).Repository | Should -Be 'other', 'vault'
        Remove-BackupRepository -Name other -DeleteData -Confirm:$false
    }

    It 'pipes each version to Restore-Backup' {
        $old = Find-BackupItem plain.txt | Select-Object -First 1
        ($old | Restore-Backup -Destination (Join-Path $TestRoot 'old')).FilesRestored | Should -Be 1
        Get-Content -LiteralPath "$TestRoot/old$plain" | Should -Be 'plain'
        # As a record that has been through a file.
        $copy = $old | ConvertTo-Json | ConvertFrom-Json
        ($copy | Get-BackupContent) | Should -Be 'plain'
    }

    It 'shows names that are not UTF-8' -Skip:(-not $IsLinux) {
        $bad = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'bad')).FullName
        & bash -c "printf x > '$bad/'`$'b\xff.bin'"
        $null = Invoke-Backup -LiteralPath $bad -Repository vault
        $item = Find-BackupItem -Name 'b?.bin'
        (($item | Out-String -Width 200) -split '\r?\n') -match '\\xff\.bin' | Should -Not -BeNullOrEmpty
        $item | Get-BackupContent | Should -Be 'x'
    }

    It 'reports a bad record and searches the rest' {
        $bad = [pscustomobject]@{ SnapshotId = 'f' * 32; Repository = 'vault' }
        ($bad, $third | Find-BackupItem plain.txt -ErrorVariable problem -ErrorAction SilentlyContinue).HeldBy | Should -Be $third.SnapshotId
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'SnapshotNotFound,*'
    }

    It 'ends cleanly for Select-Object -First' {
        @(Find-BackupItem '**' | Select-Object -First 2).Count | Should -Be 2
    }
}
