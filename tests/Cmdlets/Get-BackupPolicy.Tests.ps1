BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $null = Initialize-TestRepository -Name vault
    foreach ($name in 'web', 'webmail', 'shell') { $null = New-BackupPolicy -Name $name -Source $tree -Repository vault }
}

AfterAll { Clear-TestRoot }

Describe 'Get-BackupPolicy' {
    It 'lists all, by name' {
        (Get-BackupPolicy).PolicyName | Should -Be 'shell', 'web', 'webmail'
    }

    It 'takes wildcards, arrays and names from the pipeline; case does not count' {
        (Get-BackupPolicy -Name WEB*).PolicyName | Should -Be 'web', 'webmail'
        (Get-BackupPolicy -Name shell, web).PolicyName | Should -Be 'shell', 'web'
        ('Shell' | Get-BackupPolicy).PolicyName | Should -Be 'shell'
    }

    It 'tells of a name that is missing and goes on' {
        (Get-BackupPolicy -Name nowhere, web -ErrorVariable problem -ErrorAction SilentlyContinue).PolicyName | Should -Be 'web'
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'PolicyNotFound,*'
        $problem[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }

    It 'completes names with Tab' {
        (TabExpansion2 -inputScript 'Invoke-Backup we' -cursorColumn 16).CompletionMatches.CompletionText | Should -Be 'web', 'webmail'
        (TabExpansion2 -inputScript 'Get-BackupSnapshot -PolicyName sh' -cursorColumn 33).CompletionMatches.CompletionText | Should -Be 'shell'
    }
}
