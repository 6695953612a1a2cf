BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'tree')).FullName
    $null = Initialize-TestRepository -Name vault
    $null = New-BackupPolicy -Name web -Source $tree -Repository vault -KeepLast 1
    Add-RandomFile -Path "$tree/stays" -Length 2MB -Seed 1
    Add-RandomFile -Path "$tree/goes" -Length 1MB -Seed 2
    $first = Invoke-Backup -PolicyName web | Get-BackupSnapshot
    $second = Invoke-Backup -PolicyName web | Get-BackupSnapshot
    Remove-Item -LiteralPath "$tree/goes"
    $third = Invoke-Backup -PolicyName web | Get-BackupSnapshot
}

AfterAll { Clear-TestRoot }

Describe 'Measure-BackupSnapshot' {
    It 'says what a snapshot takes, and what of it is its own' {
        $size = $third | Measure-BackupSnapshot
        $size | Should -BeOfType BackupPS.BackupSnapshotSize
        $size.SnapshotId, $size.Repository, $size.RepositoryId, $size.PolicyName | Should -Be $third.SnapshotId, 'vault', $third.RepositoryId, 'web'
        $size.Bytes, $size.FileCount, $size.DirectoryCount | Should -Be $third.Bytes, $third.FileCount, $third.DirectoryCount
        $size.StoredBytes | Should -BeIn (2MB..(2MB + 20KB))
        $size.UniqueBytes | Should -BeLessThan 20KB
        $size.SharedBytes | Should -Be ($size.StoredBytes - $size.UniqueBytes)
        $size.FreedBytes | Should -Be $size.UniqueBytes
        $size.Time | Should -Be $third.Time
    }

    It 'says what the removal of several frees together, as retention does' {
        $sizes = Get-BackupSnapshot -PolicyName web | Select-Object -SkipLast 1 | Measure-BackupSnapshot
        $sizes.SnapshotId | Should -Be $first.SnapshotId, $second.SnapshotId
        $sizes[0].UniqueBytes, $sizes[1].UniqueBytes | ForEach-Object { $_ | Should -BeLessThan 20KB }
        $together = ($sizes | Measure-Object -Property FreedBytes -Sum).Sum
        $together | Should -BeIn (1MB..(1MB + 20KB))
        $decisions = Remove-BackupSnapshot -PolicyName web -ApplyRetention -WhatIf
        ($decisions | Measure-Object -Property BytesFreed -Sum).Sum | Should -Be $together
    }

    It 'takes ids and their beginnings, and changes nothing' {
        $before = Get-FolderState -Path (Get-BackupRepository -Name vault).Path
        (Measure-BackupSnapshot $first.SnapshotId.Substring(0, 16), $third.SnapshotId).SnapshotId | Should -Be $first.SnapshotId, $third.SnapshotId
        Get-FolderState -Path (Get-BackupRepository -Name vault).Path | Should -Be $before
    }

    It 'measures snapshots of several repositories' {
        $null = Initialize-TestRepository -Name other
        $elsewhere = Invoke-Backup -LiteralPath "$tree/stays" -Repository other
        $sizes = $elsewhere, $third | Measure-BackupSnapshot
        $sizes.Repository | Should -Be 'other', 'vault'
        $sizes[0].UniqueBytes | Should -Be $sizes[0].StoredBytes
        Remove-BackupRepository -Name other -DeleteData -Confirm:$false
    }
}
