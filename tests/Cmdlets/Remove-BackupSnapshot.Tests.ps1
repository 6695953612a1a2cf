BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $repository = Initialize-TestRepository -Name vault
}

AfterAll { Clear-TestRoot }

Describe 'Remove-BackupSnapshot by id' {
    BeforeAll { $null = New-BackupPolicy -Name web -Source $tree -Repository vault }

    It 'removes what comes along the pipeline, silently, and nothing else' {
        $one, $two, $three = 1..3 | ForEach-Object { Invoke-Backup web }
        Get-BackupSnapshot -SnapshotId $one.SnapshotId, $two.SnapshotId | Remove-BackupSnapshot -Confirm:$false | Should -BeNullOrEmpty
        (Get-BackupSnapshot -PolicyName web).SnapshotId | Should -Be $three.SnapshotId
        ($three | Restore-Backup -Destination (Join-Path $TestRoot 'whole')).Status | Should -Be 'Complete'
    }

    It 'emits what it removed with -PassThru, and takes the beginning of an id' {
        $result = Invoke-Backup web
        (Remove-BackupSnapshot $result.SnapshotId.Substring(0, 16) -Repository vault -PassThru -Confirm:$false).SnapshotId | Should -Be $result.SnapshotId
    }

    It 'leaves one that has a hold, and goes on' {
        $held, $free = 1..2 | ForEach-Object { Invoke-Backup web | Get-BackupSnapshot }
        $held | Set-BackupSnapshot -Hold
        $held, $free | Remove-BackupSnapshot -Confirm:$false -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'SnapshotHeld,*'
        (Get-BackupSnapshot -SnapshotId $held.SnapshotId).Hold | Should -BeTrue
        Get-BackupSnapshot -SnapshotId $free.SnapshotId -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
    }

    It 'asks first: without an answer nothing goes' {
        $result = Invoke-Backup web
        $fresh = Invoke-FreshProcess -Script "Remove-BackupSnapshot -SnapshotId $($result.SnapshotId) -Repository vault -KeyFile '$(Get-TestKeyFile)'"
        $fresh.ErrorText | Should -Match 'NonInteractive'
        (Get-BackupSnapshot -SnapshotId $result.SnapshotId).SnapshotId | Should -Be $result.SnapshotId
    }

    It 'changes nothing under -WhatIf' {
        $snapshot = Invoke-Backup web | Get-BackupSnapshot
        $before = Get-FolderState -Path $repository.Path, $env:BACKUPPS_HOME
        $snapshot | Remove-BackupSnapshot -WhatIf | Should -BeNullOrEmpty
        Get-FolderState -Path $repository.Path, $env:BACKUPPS_HOME | Should -Be $before
    }
}

Describe 'Remove-BackupSnapshot -ApplyRetention' {
    BeforeAll {
        $null = New-BackupPolicy -Name kept -Source $tree -Repository vault -KeepLast 2
        $results = 1..4 | ForEach-Object { Invoke-Backup kept }
        Set-BackupSnapshot -SnapshotId $results[0].SnapshotId -Hold
    }

    It 'lists under -WhatIf what goes and why each other stays, and removes nothing' {
        $before = Get-FolderState -Path $repository.Path, $env:BACKUPPS_HOME
        $decisions = Remove-BackupSnapshot -PolicyName kept -ApplyRetention -WhatIf
        $decisions | Should -BeOfType BackupPS.RetentionDecision
        $decisions.SnapshotId | Should -Be $results.SnapshotId
        $decisions.Action | Should -Be 'Keep', 'Remove', 'Keep', 'Keep'
        foreach ($decision in $decisions) { [bool]$decision.Reason | Should -Be ($decision.Action -eq 'Keep') }
        $decisions[0].Reason | Should -Contain 'hold'
        $decisions[2].Reason | Should -BeLike 'last *'
        Get-FolderState -Path $repository.Path, $env:BACKUPPS_HOME | Should -Be $before
    }

    It 'removes what the rules do not keep, for policies from the pipeline' {
        Get-BackupPolicy -Name kept | Remove-BackupSnapshot -ApplyRetention -Confirm:$false | Should -BeNullOrEmpty
        (Get-BackupSnapshot -PolicyName kept).SnapshotId | Should -Be $results[0].SnapshotId, $results[2].SnapshotId, $results[3].SnapshotId
        (Remove-BackupSnapshot -PolicyName kept -ApplyRetention -PassThru -Confirm:$false).Action | Should -Be 'Keep', 'Keep', 'Keep'
    }

    It 'refuses a policy without rules, and goes on' {
        $null = New-BackupPolicy -Name ruleless -Source $tree -Repository vault
        $null = Invoke-Backup -PolicyName ruleless
        (Remove-BackupSnapshot -PolicyName ruleless, kept -ApplyRetention -PassThru -Confirm:$false -ErrorVariable problem -ErrorAction SilentlyContinue).PolicyName | Should -Be 'kept', 'kept', 'kept'
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'RetentionRuleMissing,*'
    }
}
