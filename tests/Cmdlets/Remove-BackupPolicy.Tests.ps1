BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $null = Initialize-TestRepository -Name vault
}

AfterAll { Clear-TestRoot }

Describe 'Remove-BackupPolicy' {
    It 'forgets a policy, silently; its snapshots stay' {
        $null = New-BackupPolicy -Name web -Source $tree -Repository vault
        $result = Invoke-Backup -PolicyName web
        Remove-BackupPolicy -Name web -Confirm:$false | Should -BeNullOrEmpty
        Get-BackupPolicy -Name we* | Should -BeNullOrEmpty
        (Get-BackupSnapshot -Repository vault).SnapshotId | Should -Be $result.SnapshotId
    }

    It 'takes policies from the pipeline, and emits them with -PassThru' {
        'one', 'two' | ForEach-Object { New-BackupPolicy -Name $_ -Source $tree -Repository vault } | Remove-BackupPolicy -PassThru -Confirm:$false | ForEach-Object PolicyName | Should -Be 'one', 'two'
        Get-BackupPolicy | Should -BeNullOrEmpty
    }

    It 'does not take piped files for policies' {
        $null = New-BackupPolicy -Name plain.txt -Source $tree -Repository vault
        Get-ChildItem -LiteralPath $tree -File | Remove-BackupPolicy -Confirm:$false -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem | Should -Not -BeNullOrEmpty
        (Get-BackupPolicy).PolicyName | Should -Be 'plain.txt'
    }

    It 'changes nothing under -WhatIf' {
        $null = New-BackupPolicy -Name stays -Source $tree -Repository vault
        Remove-BackupPolicy -Name stays -WhatIf
        (Get-BackupPolicy -Name stays).PolicyName | Should -Be 'stays'
    }
}
