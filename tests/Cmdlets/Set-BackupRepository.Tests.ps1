BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
}

AfterAll { Clear-TestRoot }

Describe 'Set-BackupRepository' {
    It 'renames, silently, and policies follow' {
        $before = Initialize-TestRepository -Name old
        $null = New-BackupPolicy -Name follows -Source $tree -Repository old
        Set-BackupRepository -Name old -NewName new | Should -BeNullOrEmpty
        (Get-BackupRepository -Name new).RepositoryId | Should -Be $before.RepositoryId
        Get-BackupRepository -Name old -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        (Get-BackupPolicy -Name follows).Repository | Should -Be 'new'
        (Invoke-Backup -PolicyName follows).Status | Should -Be 'Complete'
    }

    It 'follows a repository to another folder' {
        $repository = Initialize-TestRepository -Name moves
        Move-Item -LiteralPath $repository.Path -Destination (Join-Path $TestRoot 'elsewhere')
        ($repository | Set-BackupRepository -Path (Join-Path $TestRoot 'elsewhere') -PassThru).Path | Should -Be (Join-Path $TestRoot 'elsewhere')
        (Get-BackupRepository -Name moves).Status | Should -Not -Be 'Unreachable'
    }

    It 'refuses a folder that holds another repository' {
        $one = Initialize-TestRepository -Name one
        $two = Initialize-TestRepository -Name two
        Set-BackupRepository -Name one -Path $two.Path -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem.Count | Should -Be 1
        (Get-BackupRepository -Name one).Path | Should -Be $one.Path
    }

    It 'refuses to change nothing' {
        $null = Initialize-TestRepository -Name same
        Set-BackupRepository -Name same -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
    }

    It 'changes nothing under -WhatIf' {
        $null = Initialize-TestRepository -Name stays
        Set-BackupRepository -Name stays -NewName gone -WhatIf
        (Get-BackupRepository -Name stays).Name | Should -Be 'stays'
    }
}
