BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $null = Initialize-TestRepository -Name vault
    $null = New-BackupPolicy -Name web -Source $tree -Repository vault
}

AfterAll { Clear-TestRoot }

Describe 'Disconnect-BackupRepository' {
    It 'forgets the keys, silently, and keeps the registration' {
        Disconnect-BackupRepository -Name vault | Should -BeNullOrEmpty
        (Get-BackupRepository -Name vault).Status | Should -Be 'Locked'
        { Invoke-Backup -PolicyName web -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'RepositoryLocked,*'
    }

    It 'lets any command that is given a secret unlock again' {
        (Invoke-Backup -PolicyName web -KeyFile (Get-TestKeyFile)).Status | Should -Be 'Complete'
        (Invoke-Backup -PolicyName web).Status | Should -Be 'Complete'
    }

    It 'takes repositories from the pipeline, and emits them with -PassThru' {
        (Get-BackupRepository -Name vault | Disconnect-BackupRepository -PassThru).Status | Should -Be 'Locked'
    }

    It 'changes nothing under -WhatIf' {
        $null = Connect-BackupRepository -Name vault -KeyFile (Get-TestKeyFile)
        Disconnect-BackupRepository -Name vault -WhatIf
        (Get-BackupRepository -Name vault).Status | Should -Be 'Unlocked'
    }
}
