BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $repository = Initialize-TestRepository -Name vault
    $null = New-BackupPolicy -Name web -Source $tree -Repository vault
}

AfterAll { Clear-TestRoot }

Describe 'Set-BackupSnapshot' {
    BeforeEach { $snapshot = Invoke-Backup web -Tag one | Get-BackupSnapshot }

    It 'changes tags and hold, silently, each without the other' {
        $snapshot | Set-BackupSnapshot -Tag two, three | Should -BeNullOrEmpty
        Set-BackupSnapshot -SnapshotId $snapshot.SnapshotId -Hold
        $changed = Get-BackupSnapshot -SnapshotId $snapshot.SnapshotId
        $changed.Tag | Should -Be 'two', 'three'
        $changed.Hold | Should -BeTrue
        ($snapshot | Set-BackupSnapshot -Hold:$false -Tag @() -PassThru).Hold | Should -BeFalse
        (Get-BackupSnapshot -SnapshotId $snapshot.SnapshotId).Tag | Should -BeNullOrEmpty
    }

    It 'is seen by a host that knows nothing but the repository' {
        $snapshot | Set-BackupSnapshot -Tag shared -Hold
        $fresh = Invoke-FreshProcess -Environment @{ BACKUPPS_HOME = (Join-Path $TestRoot 'elsewhere') } -Script "Get-BackupSnapshot -Repository '$($repository.Path)' -KeyFile '$(Get-TestKeyFile)' -Tag shared | ForEach-Object { `"`$(`$_.SnapshotId) `$(`$_.Hold)`" }"
        $fresh.Output | Should -Match "$($snapshot.SnapshotId) True"
    }

    It 'refuses to change nothing, and goes on after an id that is missing' {
        Set-BackupSnapshot -SnapshotId $snapshot.SnapshotId -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        Set-BackupSnapshot -SnapshotId 'ffffffffffff', $snapshot.SnapshotId -Tag later -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'SnapshotNotFound,*'
        (Get-BackupSnapshot -SnapshotId $snapshot.SnapshotId).Tag | Should -Be 'later'
    }

    It 'changes nothing under -WhatIf' {
        $before = Get-FolderState -Path $repository.Path, $env:BACKUPPS_HOME
        $snapshot | Set-BackupSnapshot -Tag changed -Hold -WhatIf
        Get-FolderState -Path $repository.Path, $env:BACKUPPS_HOME | Should -Be $before
    }
}
