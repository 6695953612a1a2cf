BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    foreach ($name in 'alpha', 'alpine', 'beta', 'with space') { $null = Initialize-TestRepository -Name $name }
}

AfterAll { Clear-TestRoot }

Describe 'Get-BackupRepository' {
    It 'lists all, by name' {
        (Get-BackupRepository).Name | Should -Be 'alpha', 'alpine', 'beta', 'with space'
    }

    It 'takes wildcards, and case does not count' {
        (Get-BackupRepository -Name 'ALP*').Name | Should -Be 'alpha', 'alpine'
        Get-BackupRepository -Name 'none*' -ErrorVariable problem | Should -BeNullOrEmpty
        $problem | Should -BeNullOrEmpty
    }

    It 'tells of a name that is missing and goes on' {
        $found = Get-BackupRepository -Name nowhere, beta -ErrorVariable problem -ErrorAction SilentlyContinue
        $found.Name | Should -Be 'beta'
        $problem.Count | Should -Be 1
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'RepositoryNotFound,*'
        $problem[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }

    It 'takes names from the pipeline' {
        ('beta', 'alpha' | Get-BackupRepository).Name | Should -Be 'beta', 'alpha'
    }

    It 'takes a path' {
        (Get-BackupRepository -Name (Join-Path $TestRoot 'repositories/beta')).RepositoryId | Should -Be (Get-BackupRepository -Name beta).RepositoryId
    }

    It 'shows a repository whose keys are in another process as locked' {
        $fresh = Invoke-FreshProcess -Script '(Get-BackupRepository -Name beta).Status'
        $fresh.Output.Trim() | Should -BeExactly 'Locked'
    }

    It 'shows a repository whose folder is gone as unreachable, and those after it' {
        $path = (Get-BackupRepository -Name alpine).Path
        Move-Item -LiteralPath $path -Destination "$path.away"
        try { (Get-BackupRepository).Status | Should -Be 'Unlocked', 'Unreachable', 'Unlocked', 'Unlocked' }
        finally { Move-Item -LiteralPath "$path.away" -Destination $path }
    }

    It 'completes names with Tab, quoted where they need it, and never fails' {
        (TabExpansion2 -inputScript 'Get-BackupRepository -Name al' -cursorColumn 29).CompletionMatches.CompletionText | Should -Be 'alpha', 'alpine'
        (TabExpansion2 -inputScript 'Test-BackupIntegrity -Repository wi' -cursorColumn 35).CompletionMatches.CompletionText | Should -Be "'with space'"
        $kept = $env:BACKUPPS_HOME
        $env:BACKUPPS_HOME = Join-Path $TestRoot 'test.key/not-a-folder'
        try { { TabExpansion2 -inputScript 'Get-BackupRepository -Name zz' -cursorColumn 29 } | Should -Not -Throw }
        finally { $env:BACKUPPS_HOME = $kept }
    }
}
