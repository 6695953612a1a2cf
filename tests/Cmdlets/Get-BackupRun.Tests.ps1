BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $null = Initialize-TestRepository -Name vault
    foreach ($name in 'web', 'webmail', 'idle') { $null = New-BackupPolicy -Name $name -Source $tree -Repository vault }
    $null = New-BackupPolicy -Name broken -Source (Join-Path $TestRoot 'gone') -Repository vault -WarningAction Ignore
    $first = Invoke-Backup web
    Start-Sleep -Milliseconds 20
    $between = Get-Date
    Start-Sleep -Milliseconds 20
    $second = Invoke-Backup web
    $mail = Invoke-Backup webmail
    $null = Invoke-Backup broken -ErrorAction SilentlyContinue
}

AfterAll { Clear-TestRoot }

Describe 'Get-BackupRun' {
    It 'lists runs of a policy, the latest first' {
        $runs = Get-BackupRun -PolicyName web
        $runs | Should -BeOfType BackupPS.BackupRun
        $runs.RunId | Should -Be $second.RunId, $first.RunId
        $runs[0].Operation, $runs[0].Status, $runs[0].SnapshotId | Should -Be 'Backup', 'Complete', $second.SnapshotId
    }

    It 'takes wildcards, objects, and the last so many' {
        (Get-BackupRun -PolicyName web*).RunId | Should -Be $mail.RunId, $second.RunId, $first.RunId
        (Get-BackupRun -PolicyName web* -Last 2).RunId | Should -Be $mail.RunId, $second.RunId
        (Get-BackupPolicy -Name web, webmail | Get-BackupRun -Last 1).RunId | Should -Be $second.RunId, $mail.RunId
        @(Get-BackupRun).Count | Should -Be 4
    }

    It 'takes outcomes and times' {
        $failed = Get-BackupRun -Status Failed
        $failed.PolicyName, $failed.ErrorId | Should -Be 'broken', 'NothingToBackUp'
        (Get-BackupRun -PolicyName web -Since $between).RunId | Should -Be $second.RunId
        (Get-BackupRun -PolicyName web -Since ([datetime]::SpecifyKind($between, 'Unspecified'))).RunId | Should -Be $second.RunId
    }

    It 'knows a policy that never ran from one that is missing' {
        Get-BackupRun -PolicyName idle -ErrorVariable problem | Should -BeNullOrEmpty
        $problem | Should -BeNullOrEmpty
        Get-BackupRun -PolicyName nowhere, web -ErrorVariable problem -ErrorAction SilentlyContinue | ForEach-Object RunId | Should -Be $second.RunId, $first.RunId
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'PolicyNotFound,*'
        $problem[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }

    It 'records restores and verifications too' {
        $null = $first | Restore-Backup -Destination (Join-Path $TestRoot 'restored')
        $null = $first | Test-BackupIntegrity
        (Get-BackupRun -Last 2).Operation | Should -Be 'Verify', 'Restore'
    }
}
