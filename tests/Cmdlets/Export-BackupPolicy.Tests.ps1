BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $null = Initialize-TestRepository -Name vault
    $null = New-BackupPolicy -Name web -Source $tree, (Join-Path $tree 'sub') -Repository vault -Exclude '**/*.tmp', 'grün+"x"' -KeepDaily 7 -ExcludeCaches -FullEvery 7d
    $null = New-BackupPolicy -Name plain -Source $tree -Repository vault
    $file = Join-Path $TestRoot 'policies.json'
}

AfterAll { Clear-TestRoot }

Describe 'Export-BackupPolicy' {
    It 'writes all policies, silently, what has its default left out, readable and without a secret' {
        Export-BackupPolicy $file | Should -BeNullOrEmpty
        $text = Get-Content -LiteralPath $file -Raw
        $read = $text | ConvertFrom-Json
        $read.PolicyName | Should -Be 'plain', 'web'
        @($read[0].PSObject.Properties.Name) | Should -Be 'PolicyName', 'Source', 'Repository'
        $read[1].Exclude | Should -Be '**/*.tmp', 'grün+"x"'
        $text | Should -BeLike '*grün+*'
        $text | Should -Not -Match "`r"
        $text | Should -Match '(?s)\]\n$'
        $text | Should -Not -Match 'RepositoryId|Created|[Kk]ey'
    }

    It 'writes those with a name, from the pipeline, and from elsewhere' {
        Export-BackupPolicy $file w*
        (Get-Content -LiteralPath $file -Raw | ConvertFrom-Json).PolicyName | Should -Be 'web'
        Get-BackupPolicy | Export-BackupPolicy $file w*
        (Get-Content -LiteralPath $file -Raw | ConvertFrom-Json).PolicyName | Should -Be 'web'
        Get-BackupPolicy plain | Export-BackupPolicy -Path $file
        (Get-Content -LiteralPath $file -Raw | ConvertFrom-Json).PolicyName | Should -Be 'plain'
        [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize((Get-BackupPolicy web))) | Export-BackupPolicy -Path $file
        (Get-Content -LiteralPath $file -Raw | ConvertFrom-Json).KeepDaily | Should -Be 7
    }

    It 'replaces a file unless -NoClobber is said, and never by nothing' {
        Set-Content -LiteralPath $file -Value 'mine'
        Export-BackupPolicy $file -NoClobber -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'TargetConflict,*'
        Get-BackupPolicy none* | Export-BackupPolicy $file -WarningVariable warning -WarningAction SilentlyContinue
        $warning | Should -BeLike '*no policy to export*'
        Get-Content -LiteralPath $file | Should -Be 'mine'
        Export-BackupPolicy $file
        Get-Content -LiteralPath $file -Raw | Should -BeLike '*web*'
        @(Get-ChildItem -LiteralPath $TestRoot -Filter '*.new').Count | Should -Be 0
    }

    It 'refuses <problem>' -ForEach @(
        @{ problem = 'a name that is missing'; script = { Export-BackupPolicy $file nobody -EA Stop }; id = 'PolicyNotFound' }
        @{ problem = 'a folder that is missing'; script = { Export-BackupPolicy (Join-Path $TestRoot 'no/such/file.json') -EA Stop }; id = 'DestinationUnusable' }
        @{ problem = 'what is no policy'; script = { [pscustomobject]@{ a = 1 } | Export-BackupPolicy $file -EA Stop }; id = 'InvalidArgument' }
    ) {
        $script | Should -Throw -ErrorId "$id,*"
    }
}
