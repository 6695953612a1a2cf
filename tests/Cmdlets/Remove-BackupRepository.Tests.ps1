BeforeAll { . (Join-Path $PSScriptRoot 'TestSetup.ps1') }

AfterAll { Clear-TestRoot }

Describe 'Remove-BackupRepository' {
    It 'forgets a repository and leaves its data, silently' {
        $repository = Initialize-TestRepository -Name forgotten
        $before = Get-FolderState -Path $repository.Path
        Remove-BackupRepository -Name forgotten -Confirm:$false | Should -BeNullOrEmpty
        Get-BackupRepository -Name forgot* | Should -BeNullOrEmpty
        Get-FolderState -Path $repository.Path | Should -Be $before
        (Connect-BackupRepository -Name forgotten -Path $repository.Path -KeyFile (Get-TestKeyFile)).RepositoryId | Should -Be $repository.RepositoryId
    }

    It 'deletes every object with -DeleteData' {
        $repository = Initialize-TestRepository -Name deleted
        ($repository | Remove-BackupRepository -DeleteData -PassThru -Confirm:$false).Name | Should -Be 'deleted'
        @(Get-ChildItem -LiteralPath $repository.Path -Recurse -File -Force -ErrorAction Ignore) | Should -BeNullOrEmpty
    }

    It 'asks first: without an answer nothing goes' {
        $repository = Initialize-TestRepository -Name asked
        $fresh = Invoke-FreshProcess -Script 'Remove-BackupRepository -Name asked -DeleteData'
        $fresh.ErrorText | Should -Match 'NonInteractive'
        Join-Path $repository.Path 'repository.json' | Should -Exist
    }

    It 'changes nothing under -WhatIf' {
        $repository = Initialize-TestRepository -Name whatif
        $before = Get-FolderState -Path $repository.Path, $env:BACKUPPS_HOME
        Remove-BackupRepository -Name whatif -DeleteData -WhatIf
        Get-FolderState -Path $repository.Path, $env:BACKUPPS_HOME | Should -Be $before
    }

    It 'forgets one whose folder is gone' {
        $repository = Initialize-TestRepository -Name lost
        Remove-Item -LiteralPath $repository.Path -Recurse -Force
        Remove-BackupRepository -Name lost -Confirm:$false
        Get-BackupRepository -Name los* | Should -BeNullOrEmpty
    }

    It 'goes on after a name that is missing' {
        $null = Initialize-TestRepository -Name last
        Remove-BackupRepository -Name missing, last -Confirm:$false -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'RepositoryNotFound,*'
        Get-BackupRepository -Name las* | Should -BeNullOrEmpty
    }
}

Describe 'Remove-BackupRepository of a repository that policies save into' {
    It 'refuses, also with -DeleteData and under -WhatIf, and says which; with -Force it forgets, and the policy finds the repository under another name' {
        $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree-used')
        $repository = Initialize-TestRepository -Name used
        $null = New-BackupPolicy -Name user -Source $tree -Repository used
        foreach ($arguments in @{}, @{ DeleteData = $true }, @{ WhatIf = $true }, @{ DeleteData = $true; WhatIf = $true }) {
            $problem = $null
            Remove-BackupRepository -Name used -Confirm:$false @arguments -ErrorVariable problem -ErrorAction SilentlyContinue
            $problem.FullyQualifiedErrorId | Should -BeLike 'RepositoryInUse,*'
            "$problem" | Should -Match 'user'
        }
        (Invoke-Backup -PolicyName user).Status | Should -Be 'Complete'
        Remove-BackupRepository -Name used -Force -Confirm:$false
        $null = Connect-BackupRepository -Name anew -Path $repository.Path -KeyFile (Get-TestKeyFile)
        (Get-BackupPolicy -Name user).Repository | Should -Be 'anew'
        (Invoke-Backup -PolicyName user).Repository | Should -Be 'anew'
        (Get-BackupPolicy -Name user | Get-BackupSnapshot).Count | Should -Be 2
    }
}
